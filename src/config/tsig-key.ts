// The file with a TSIG key (RFC 8945): the secret alone in base64, or as tsig-keygen (BIND) and keymgr -t (Knot) write it.

export type TsigSecret = { readonly secret: string } | { readonly wrong: string };

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** `secret "…";`, `secret: …`, and `Key: …` of dnssec-keygen. */
const NAMED = /(?:^|[\s{;])(?:secret|key)\s*:?\s*"?([A-Za-z0-9+/]{8,}={0,2})"?\s*(?:;|$)/im;

/** The secret in the text of a key file; `wrong` completes a sentence that begins with the file: `holds no TSIG secret …`. */
export function tsigSecret(text: string): TsigSecret {
  const whole = text.trim();
  const secret = BASE64.test(whole) ? whole : (NAMED.exec(text)?.[1] ?? '');
  if (secret === '' || !BASE64.test(secret))
    return { wrong: 'holds no TSIG secret: make one with tsig-keygen (BIND) or keymgr -t (Knot)' };
  return { secret };
}
