import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { checkCommand, printCommand, schemaCommand } from '../../src/config/commands.js';
import { Workspace, minimal } from './workspace.js';

const workspace = new Workspace();
after(() => {
  workspace.remove();
});

class Recorder {
  text = '';
  write(text: string): void {
    this.text += text;
  }
}

function run(command: (out: Recorder, err: Recorder) => number): { code: number; out: string; err: string } {
  const [out, err] = [new Recorder(), new Recorder()];
  const code = command(out, err);
  return { code, out: workspace.short(out.text), err: workspace.short(err.text) };
}

test('R56: a good configuration is answered with one line and 0', () => {
  const path = workspace.write(
    'good.yaml',
    minimal('prefer: [10.0.0.1/24]\ntests: [t]', 'tests: {t: {tcp: {port: 1}}}'),
  );
  assert.deepEqual(
    run((out, err) => checkCommand(path, out, err)),
    {
      code: 0,
      out: 'DIR/good.yaml: ok: 1 group, 1 preferred address, 1 test object, 0 load objects\n',
      err: '',
    },
  );
});

test('R56: each fault of a bad one is printed on its line, and the answer is 1', () => {
  const path = workspace.write('bad.yaml', minimal('fence: nft\nassign: last'));
  const lines =
    'DIR/bad.yaml:7:12: groups.web.fence: must be one of nftables, bpf, none, not "nft"\n' +
    'DIR/bad.yaml:8:13: groups.web.assign: must be one of fewest-addresses, least-loaded, random, not "last"\n';
  assert.deepEqual(
    run((out, err) => checkCommand(path, out, err)),
    { code: 1, out: lines, err: '' },
  );
  assert.deepEqual(
    run((out, err) => printCommand(path, out, err)),
    { code: 1, out: '', err: lines },
    'print keeps its output for the configuration',
  );
});

test('R56: warnings do not keep a configuration from being good', () => {
  const path = workspace.write('warned.yaml', minimal('', 'loads: {l: {cpu: }}'));
  const { code, out, err } = run((out, err) => checkCommand(path, out, err));
  assert.equal(code, 0);
  assert.match(out, /^DIR\/warned\.yaml: ok: /);
  assert.equal(err, "DIR/warned.yaml:7:9: loads.l: warning: no group uses it: name it in a group's loads\n");
});

test('R56: print shows what is in force, defaults filled in', () => {
  const path = workspace.write('good.yaml', minimal());
  assert.deepEqual(
    run((out, err) => printCommand(path, out, err)),
    {
      code: 0,
      err: '',
      out: `control: [ctl0]
groups:
  web:
    address: 239.255.77.1:5405
    key: [DIR/web.key]
    interface: svc0
    prefer: []
    observe: false
    heartbeat: {interval: 20ms, timeout: 100ms}
    orphan-timeout: 30d
    fail-back: now
    assign: fewest-addresses
    fence: nftables
    partition: probe
    tests: []
    loads: []
tests: {}
loads: {}
snmp:
  sinks: []
log: {level: info}
`,
    },
  );
});

test('R56: schema prints JSON', () => {
  const { code, out } = run((out) => schemaCommand(out));
  assert.equal(code, 0);
  assert.equal((JSON.parse(out) as { title: string }).title, 'raisd');
});
