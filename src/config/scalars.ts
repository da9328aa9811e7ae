// The texts and numbers of the configuration, each with what is said where it is wrong. Transformed: what goes in is
// what an editor knows (the JSON Schema), what comes out is canonical.

import { z } from 'zod';
import { parseAddress, type Address } from '../core/address.js';
import type { Milliseconds } from '../core/time.js';
import type { Endpoint, PrefixedAddress } from './configuration.js';
import { DURATION_PATTERN, formatDuration, parseDuration } from './duration.js';
import { quoted } from './fault.js';
import { MAX_TEXT } from './limits.js';
import { addressFault, serviceAddressFault } from './address-kinds.js';

/** What a parser says instead of a value. */
class Wrong {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

const wrong = (message: string): Wrong => new Wrong(message);

/** Metadata for the JSON Schema and for "is missing: …". */
interface Meta {
  readonly description: string;
  readonly pattern?: string;
  readonly examples?: readonly string[];
}

const metadata = ({ examples, ...meta }: Meta): z.core.GlobalMeta =>
  examples === undefined ? meta : { ...meta, examples: [...examples] };

/** A text that `parse` understands or refuses with a sentence. */
function text<T>(meta: Meta, parse: (text: string) => T | Wrong, unquoted?: (value: number) => string) {
  const source = z
    .string({ error: (issue) => (typeof issue.input === 'number' ? unquoted?.(issue.input) : undefined) })
    .meta(metadata(meta));
  return source.transform((value, context): T => {
    const result =
      value.length > MAX_TEXT ? wrong(`has more than ${String(MAX_TEXT)} characters`) : parse(value);
    if (!(result instanceof Wrong)) return result;
    context.addIssue({ code: 'custom', message: result.message });
    return z.NEVER;
  });
}

/** A duration from `least` to `most`, both as the operator writes them. */
export function duration(least: string, most: string) {
  const [from, to] = [parseDuration(least), parseDuration(most)];
  if (from === null || to === null) throw new RangeError(`no duration: ${least} or ${most}`);
  const description = `a duration from ${least} to ${most}: a whole number and ms, s, m, h, d or y`;
  return text(
    { description, pattern: DURATION_PATTERN, examples: [least] },
    (value): Milliseconds | Wrong => {
      const span = parseDuration(value);
      if (span === null)
        return wrong(
          `${quoted(value)} is no duration: write a whole number from 1 and a unit, as in 20ms, 5s, 2m, 1h, 30d, 1y`,
        );
      return span < from || span > to
        ? wrong(`${formatDuration(span)} is out of range: ${least} to ${most}`)
        : span;
    },
    (value) => `${String(value)} has no unit: write ${String(value)}ms or ${String(value)}s`,
  );
}

/** Quotes would not help: what is meant is never a number. */
const insteadOf =
  (description: string) =>
  (value: number): string =>
    `must be ${description}, not ${String(value)}`;

/** Any text but the empty one. */
export const words = (description: string) =>
  text({ description }, (value) => (value === '' ? wrong('must not be empty') : value));

const matching = (
  description: string,
  pattern: string,
  complaint: (value: string) => string,
  examples: readonly string[] = [],
) => {
  const expression = new RegExp(pattern, 'u');
  return text({ description, pattern, examples }, (value) =>
    expression.test(value) ? value : wrong(complaint(value)),
  );
};

const NAME = '^[A-Za-z0-9._-]{1,64}$';

/** What a group, a test object or a load object may be called. */
export const NAME_PATTERN = new RegExp(NAME, 'u');

export const nameComplaint = (value: string): string =>
  `${quoted(value)} cannot be a name: 1 to 64 letters, digits, dots, dashes and underscores`;

export const name = matching('the name of an object of this file', NAME, nameComplaint);

export const interfaceName = matching(
  'the name of a network interface',
  '^(?!\\.{1,2}$)[!-.0-9;-~]{1,15}$',
  (value) =>
    `${quoted(value)} cannot be the name of an interface: 1 to 15 characters without spaces, "/" and ":"`,
  ['eth0'],
);

export const userName = matching(
  'the user as which it runs',
  '^[A-Za-z_][A-Za-z0-9_.-]{0,30}\\$?$',
  (value) => `${quoted(value)} cannot be the name of a user`,
  ['www-data'],
);

export const absolutePath = text({ description: 'an absolute path', pattern: '^/' }, (value) =>
  value.startsWith('/')
    ? value
    : wrong(`${quoted(value)} must be an absolute path, one that begins with "/"`),
);

/** A path that may be relative to the directory of the configuration file. */
export const filePath = words("a file; a relative path counts from the configuration file's directory");

export const address = text(
  { description: 'an IPv4 or IPv6 address', examples: ['10.77.1.11'] },
  (value): Address | Wrong => parseAddress(value) ?? wrong(addressFault(value)),
  insteadOf('an IPv4 or IPv6 address'),
);

/** An address and a port; `port`: the one that is meant where none is written. */
export function endpoint(example: string, port?: number) {
  const description = `an address and a port, as in ${example}${port === undefined ? '' : ` (without a port: ${String(port)})`}`;
  return text(
    { description, examples: [example] },
    (value): Endpoint | Wrong => parseEndpoint(value, example, port),
    insteadOf(description),
  );
}

function parseEndpoint(value: string, example: string, port?: number): Endpoint | Wrong {
  const alone = parseAddress(value);
  if (alone !== null && port !== undefined) return { address: alone, port };
  const [, bracketed, bare, digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(value) ?? [];
  const host = bracketed ?? bare;
  if (host === undefined) return wrong(withoutPort(value, example));
  const parsed = parseAddress(host);
  if (parsed === null) return wrong(addressFault(host));
  if (!parsed.includes(':') && bracketed !== undefined)
    return wrong(`${quoted(value)} must be an address and a port, with brackets only around IPv6`);
  if (!/^[1-9][0-9]{0,4}$/.test(digits) || Number(digits) > 65535)
    return wrong(`${quoted(digits)} is no port: 1 to 65535`);
  return { address: parsed, port: Number(digits) };
}

const withoutPort = (value: string, example: string): string =>
  /^[^[\]]*:[^[\]]*:/.test(value)
    ? `${quoted(value)} is ambiguous: put an IPv6 address in brackets before its port, as in "[2001:db8::1]:53"`
    : `${quoted(value)} must be an address and a port, as in ${example}`;

export const serviceAddress = text(
  { description: 'a service address with the prefix length of its subnet', examples: ['10.77.0.101/24'] },
  (value): PrefixedAddress | Wrong => {
    const [host = '', digits, ...rest] = value.split('/');
    const parsed = parseAddress(host);
    if (parsed === null || rest.length > 0) return wrong(addressFault(host));
    if (digits === undefined)
      return wrong(
        `${quoted(value)} needs the prefix length of its subnet, as in ${parsed}/${parsed.includes(':') ? '64' : '24'}`,
      );
    const longest = parsed.includes(':') ? 128 : 32;
    if (!/^[1-9][0-9]{0,2}$/.test(digits) || Number(digits) > longest)
      return wrong(`/${digits} is no prefix length: 1 to ${String(longest)}`);
    const complaint = serviceAddressFault(parsed, Number(digits));
    return complaint === null ? { address: parsed, prefix: Number(digits) } : wrong(complaint);
  },
  insteadOf('a service address with the prefix length of its subnet, as in 10.77.0.101/24'),
);

const LABEL = '[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';

/** Canonical: lower case, no dot at the end. */
export const domainName = text(
  {
    description: 'a domain name',
    pattern: `^${LABEL}(\\.${LABEL})*\\.?$`,
    examples: ['www.web.example.org'],
  },
  (value) => {
    const canonical = value.toLowerCase().replace(/\.$/, '');
    const valid = canonical.length <= 253 && new RegExp(`^${LABEL}(\\.${LABEL})*$`).test(canonical);
    return valid ? canonical : wrong(`${quoted(value)} is no domain name`);
  },
);

/** An address or a name to connect to. */
export const hostName = text(
  { description: 'an address or a host name', examples: ['127.0.0.1'] },
  (value): string | Wrong => {
    const parsed = parseAddress(value);
    if (parsed !== null) return parsed;
    const looksNumeric = /^[0-9.]+$/.test(value) || value.includes(':');
    if (looksNumeric) return wrong(addressFault(value));
    return new RegExp(`^${LABEL}(\\.${LABEL})*\\.?$`).test(value)
      ? value
      : wrong(`${quoted(value)} is neither an address nor a host name`);
  },
);

export const httpUrl = text(
  { description: 'an http or https URL', pattern: '^https?://', examples: ['http://127.0.0.1/health'] },
  (value) => {
    if (!/^https?:\/\//.test(value)) return wrong(`${quoted(value)} must begin with http:// or https://`);
    return URL.canParse(value)
      ? value
      : wrong(`${quoted(value)} is no URL: write http://HOST/PATH or https://HOST/PATH`);
  },
);

/** A whole number from `least` to `most`. */
export const integer = (least: number, most: number, description: string) =>
  z
    .int()
    .min(least)
    .max(most)
    .meta({ description: `${description}: ${String(least)} to ${String(most)}` });

export const port = integer(1, 65535, 'a port');
