/**
 * Notes in the file that COUNT_READS names, for the process that imports it and for its children: every file that is
 * opened for reading at length, and of every SHA-256 how many bytes it is of. Imported before anything else.
 */
import crypto from 'node:crypto';
import { appendFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const note = (line) => appendFileSync(process.env.COUNT_READS, `${line}\n`);

const { open } = fs;
fs.open = (path, ...rest) => {
  note(`open ${path}`);
  return open(path, ...rest);
};

const { createHash } = crypto;
crypto.createHash = (algorithm, ...rest) => {
  const hash = createHash(algorithm, ...rest);
  const { update, digest } = hash;
  let sizeBytes = 0;
  hash.update = (data, ...more) => {
    sizeBytes += data.length;
    return update.call(hash, data, ...more);
  };
  hash.digest = (...more) => {
    note(`${algorithm} ${sizeBytes}`);
    return digest.apply(hash, more);
  };
  return hash;
};
syncBuiltinESMExports();
