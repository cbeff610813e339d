/** Sealing as the workers do it, for tests that bring what an older key has sealed, and look at what a newer one has. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export interface Sealed {
  key_version: number;
  iv: string;
  ciphertext: string;
}

export const newKey = (version: number): string => `${version}:${randomBytes(32).toString('base64')}`;

const read = (key: string): { version: number; bytes: Buffer } => {
  const [version = '', bytes = ''] = key.split(':');
  return { version: Number(version), bytes: Buffer.from(bytes, 'base64') };
};

/** Seals under the name of a row. */
export function seal(key: string, row: string, secret: string): Sealed {
  const [{ version, bytes }, iv] = [read(key), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', bytes, iv).setAAD(Buffer.from(row));
  const ciphertext = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  return { key_version: version, iv: iv.toString('base64'), ciphertext: ciphertext.toString('base64') };
}

/** Opens it; throws when it is another key, another row, or changed. */
export function open(key: string, row: string, sealed: Sealed): string {
  const { version, bytes } = read(key);
  if (sealed.key_version !== version) throw new Error(`sealed with key ${sealed.key_version}`);
  const whole = Buffer.from(sealed.ciphertext, 'base64');
  const cipher = createDecipheriv('aes-256-gcm', bytes, Buffer.from(sealed.iv, 'base64')).setAAD(Buffer.from(row)).setAuthTag(whole.subarray(-16));
  return Buffer.concat([cipher.update(whole.subarray(0, -16)), cipher.final()]).toString();
}
