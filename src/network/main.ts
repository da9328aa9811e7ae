// The network role: the only process that touches addresses. It holds CAP_NET_ADMIN and CAP_NET_RAW and nothing else.

import { instant } from '../core/time.js';
import { openJsonChannel, type JsonChannel } from '../ipc/channel.js';
import type { ControlToNetwork, NetworkToControl } from '../ipc/network-messages.js';
import { processAddon } from '../ipc/process-addon.js';
import { openRole, ORPHANED_MILLISECONDS } from '../ipc/role.js';
import type { FencePart, StartMessage } from '../ipc/supervisor-messages.js';
import { openLog, type Log } from '../log/log.js';
import { networkAddon, openLeaseBoard } from './addon.js';
import { AddressKeeper } from './address-keeper.js';

/**
 * Serves until the supervisor says `stop`, or is gone and control as well; then every address that is held is removed before
 * the process ends (R52). Without control the addresses stay until their leases end (see lease-watch.ts).
 */
export function runNetwork(): void {
  void openLog('network').then(serve);
}

function serve(log: Log): void {
  let keeper: AddressKeeper | null = null;
  let control: JsonChannel<NetworkToControl> | null = null;
  /** The supervisor is gone. */
  let orphaned = false;
  /** Parts of the fence, until all are here. */
  const fence = new Map<FencePart, number>();

  const started = (): AddressKeeper => keeper ?? supervisor.fail('not started yet');
  const end = (): void => {
    keeper?.removeAll();
    process.exit(0);
  };
  const report = (message: NetworkToControl): void => {
    if (control === null || control.send(message)) return;
    // Its queue holds 1,024 messages. An answer of a neighbour comes again; but a control that misses another report
    // does not know what is on the interfaces any more. A new network process tells it from the beginning.
    if (message.kind !== 'answers') supervisor.fail('control does not read what is reported');
  };

  const supervisor = openRole('network', log, {
    start: (message) => {
      keeper = openKeeper(message, log, report);
      supervisor.send({ kind: 'ready' });
    },
    attach: ({ role }, descriptor) => {
      if (role !== 'control')
        supervisor.fail(`attached to ${role}, with which this role has nothing to talk about`);
      // The new control process takes the place of the old one.
      control?.close();
      const channel = openJsonChannel<ControlToNetwork, NetworkToControl>(descriptor, {
        message: (said) => {
          if (control === channel) started().onMessage(said);
        },
        closed: () => {
          if (control !== channel) return;
          control = null;
          if (orphaned) end();
        },
      });
      control = channel;
      started().onControlAttached();
    },
    'lease-board': (_message, descriptor) => {
      started().useLeaseBoard(openLeaseBoard(descriptor));
    },
    fence: ({ part }, descriptor) => {
      fence.set(part, descriptor);
      const [ingress, egress, marks] = (['ingress', 'egress', 'marks'] as const).map((each) =>
        fence.get(each),
      );
      if (ingress === undefined || egress === undefined || marks === undefined) return;
      fence.clear();
      started().useFence(new networkAddon.Fence(ingress, egress, marks));
    },
    'no-fence': ({ reason }) => {
      started().doWithoutFence(reason);
    },
    reconfigure: ({ configuration }) => {
      started().reconfigure(configuration);
    },
    stop: end,
    closed: () => {
      orphaned = true;
      if (control === null) end();
      else setTimeout(end, ORPHANED_MILLISECONDS);
    },
  });
}

const openKeeper = (
  { configuration }: StartMessage,
  log: Log,
  report: (message: NetworkToControl) => void,
): AddressKeeper =>
  new AddressKeeper(
    {
      addon: networkAddon,
      now: () => instant(processAddon.bootTime()),
      report,
      log: {
        info: (message) => {
          log.info(message);
        },
        warn: (message) => {
          log.warn(message);
        },
      },
    },
    configuration,
  );
