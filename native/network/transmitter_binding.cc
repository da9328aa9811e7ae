#include "transmitter_binding.h"

#include <optional>
#include <vector>

#include "arp.h"
#include "neighbour_discovery.h"
#include "packet_transmitter.h"
#include "poll_binding.h"
#include "values_binding.h"

namespace raisd {

namespace {

struct Subject {
  int index = 0;
  HardwareAddress self{};
  Address address;
};

bool ReadSubject(const Napi::Object& object, Subject* subject) {
  return ReadIndex(object.Get("index"), &subject->index) &&
         ReadHardwareAddress(object.Get("hardwareAddress"), &subject->self) &&
         ReadAddress(object.Get("address"), &subject->address);
}

/** The forms of ARP that are asked for by name; both, where none is named. */
std::vector<ArpForm> ReadForms(const Napi::Value& value) {
  const std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : "both";
  if (name == "request") return {ArpForm::kRequest};
  if (name == "reply") return {ArpForm::kReply};
  return {ArpForm::kRequest, ArpForm::kReply};
}

class Transmitter : public Napi::ObjectWrap<Transmitter> {
 public:
  explicit Transmitter(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (const int error = packets_.Open(); error != 0) {
      ThrowErrno(info.Env(), "open the packet socket", error);
    }
  }

  Napi::Value Announce(const Napi::CallbackInfo& info) {
    std::vector<Napi::Object> objects;
    if (!ReadObjects(info[0], &objects)) return info.Env().Undefined();
    const std::vector<ArpForm> forms = ReadForms(info[1]);
    std::vector<OutgoingFrame> frames;
    std::vector<size_t> owners;
    for (size_t i = 0; i < objects.size(); i++) {
      Subject subject;
      if (!ReadSubject(objects[i], &subject)) return info.Env().Undefined();
      if (subject.address.IsV6()) {
        frames.push_back(
            {subject.index, BuildNeighbourAdvertisement(subject.self, subject.address)});
      } else {
        for (const ArpForm form : forms) {
          frames.push_back(
              {subject.index, BuildArpAnnouncement(form, subject.self, subject.address)});
        }
      }
      owners.resize(frames.size(), i);
    }
    return Send(info.Env(), frames, owners, objects.size());
  }

  Napi::Value Probe(const Napi::CallbackInfo& info) {
    std::vector<Napi::Object> objects;
    if (!ReadObjects(info[0], &objects)) return info.Env().Undefined();
    std::vector<OutgoingFrame> frames;
    std::vector<size_t> owners;
    for (size_t i = 0; i < objects.size(); i++) {
      Subject subject;
      if (!ReadSubject(objects[i], &subject)) return info.Env().Undefined();
      std::optional<Address> source;
      const Napi::Value from = objects[i].Get("source");
      if (!from.IsNull() && !ReadAddress(from, &source.emplace())) return info.Env().Undefined();
      frames.push_back(
          {subject.index, subject.address.IsV6()
                              ? BuildNeighbourSolicitation(subject.self, source, subject.address)
                              : BuildArpProbe(subject.self, subject.address)});
      owners.push_back(i);
    }
    return Send(info.Env(), frames, owners, objects.size());
  }

 private:
  // The errno of each subject is that of the first of its frames that failed.
  Napi::Value Send(Napi::Env env, const std::vector<OutgoingFrame>& frames,
                   const std::vector<size_t>& owners, size_t subjects) {
    const std::vector<int> errors = packets_.Send(frames);
    std::vector<int> results(subjects);
    for (size_t i = 0; i < errors.size(); i++) {
      if (results[owners[i]] == 0) results[owners[i]] = errors[i];
    }
    return ToArray(env, results);
  }

  PacketTransmitter packets_;
};

}  // namespace

Napi::Function DefineTransmitter(Napi::Env env) {
  return Transmitter::DefineClass(env, "Transmitter",
                                  {Transmitter::InstanceMethod("announce", &Transmitter::Announce),
                                   Transmitter::InstanceMethod("probe", &Transmitter::Probe)});
}

}  // namespace raisd
