// `explain`: where an address is, why, and how that came about (R58).

import type { Explanation } from '../ipc/operator-messages.js';
import { stateText } from './addresses-view.js';
import { formatDuration } from './duration.js';
import { entryFormatter } from './history-view.js';
import type { Screen } from './screen.js';

export function explanationText(explanation: Explanation, screen: Screen): string {
  const { address, group, host, history } = explanation;
  const place = host === null ? '' : ` on ${host}`;
  const format = entryFormatter(history);
  const past = history.map((entry) => `  ${format(entry)}`);
  const lines = [
    `${screen.paint.bold(address)}, a service address of group ${group}`,
    `  state           ${stateText(explanation, screen.paint, place)}`,
    `  preferred host  ${preferredText(explanation)}`,
    `  reason          ${explanation.reason}`,
    '',
    ...(past.length > 0
      ? ['How it came about, oldest first:', ...past]
      : ['This host knows no events of it.']),
  ];
  return `${lines.join('\n')}\n`;
}

function preferredText(explanation: Explanation): string {
  const { preferredHost, orphaned, orphanMsLeft } = explanation;
  if (preferredHost === null) return orphaned ? `unknown; ${countdownText(orphanMsLeft)}` : 'none';
  return orphaned
    ? `${preferredHost}, which does not serve it; ${countdownText(orphanMsLeft)}`
    : preferredHost;
}

/** R32. */
const countdownText = (left: number | null): string =>
  left === null ? 'its orphan countdown does not run' : `it is released for good in ${formatDuration(left)}`;
