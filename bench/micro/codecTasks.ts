/**
 * The codec: stream datagrams written and read, control datagrams read, checks computed.
 *
 * Stream datagrams have no padding; checked ones are padded to 1200 bytes. The loops are repeated on purpose: a shared
 * loop would call its operation through a parameter, unlike real callers.
 */
import { crc32 } from '../../src/protocol/crc32.ts';
import {
  encodeStreamMessage,
  prepareStreamTemplate,
  readCount,
  verifyCheck,
  writeStreamDatagram,
} from '../../src/protocol/stream.ts';
import type { StreamContent, StreamMessage } from '../../src/protocol/stream.ts';
import { EMPTY, mixBytes, mixText, mixWord } from './checksum.ts';
import {
  CHECKED_BYTES,
  checkedDatagrams,
  controlInputs,
  FIRST_COUNT,
  INTERVAL_US,
  matchMessages,
  streamInputs,
} from './codecInputs.ts';
import type { DecodeInput } from './codecInputs.ts';
import type { MicroSize, MicroSuite, MicroTask } from './task.ts';

/** Passes over the inputs per block, by the cost of an operation: tens, hundreds, thousands of nanoseconds. */
const ROUNDS: Record<MicroSize, Readonly<Record<'quick' | 'middling' | 'slow', number>>> = {
  full: { quick: 100, middling: 20, slow: 5 },
  smoke: { quick: 2, middling: 2, slow: 1 },
};

function encodeTask(rounds: number, messages: readonly StreamMessage[]): MicroTask {
  const encoded: Uint8Array[] = [];
  return {
    name: 'encode message',
    operations: rounds * messages.length,
    run: () => {
      let sum = EMPTY;
      for (let round = 0; round < rounds; round += 1) {
        for (let k = 0; k < messages.length; k += 1) {
          const bytes = encodeStreamMessage(messages[k] as StreamMessage);
          encoded[k] = bytes;
          sum = mixWord(sum, bytes.length);
        }
      }
      return sum;
    },
    sumRest: (sum) => encoded.reduce((mixed, bytes) => mixBytes(mixed, bytes), sum),
  };
}

function writeTask(rounds: number, contents: readonly StreamContent[]): MicroTask {
  const templates = contents.map((content) => prepareStreamTemplate(content));
  const arena = new Uint8Array(templates.length * CHECKED_BYTES);
  return {
    name: 'write from template',
    operations: rounds * templates.length,
    run: () => {
      let sum = EMPTY;
      let count = FIRST_COUNT;
      for (let round = 0; round < rounds; round += 1) {
        let at = 0;
        for (const template of templates) {
          const lengthBytes = writeStreamDatagram(template, count, count * INTERVAL_US, arena, at, 0);
          sum = mixWord(sum, lengthBytes);
          at += lengthBytes;
          count += 1;
        }
      }
      return sum;
    },
    sumRest: (sum) => mixBytes(sum, arena),
  };
}

function readCountTask(rounds: number, datagrams: readonly Uint8Array[]): MicroTask {
  return {
    name: 'read count',
    operations: rounds * datagrams.length,
    run: () => {
      let sum = EMPTY;
      for (let round = 0; round < rounds; round += 1) {
        for (const bytes of datagrams) sum = mixWord(sum, readCount(bytes, 0, bytes.length));
      }
      return sum;
    },
  };
}

/** The results of a round are kept until the next one, and all their fields are summed. */
function decodeTask(name: string, rounds: number, inputs: readonly DecodeInput[]): MicroTask {
  const results: { readonly ok: boolean }[] = [];
  return {
    name,
    operations: rounds * inputs.length,
    run: () => {
      let accepted = 0;
      for (let round = 0; round < rounds; round += 1) {
        for (let k = 0; k < inputs.length; k += 1) {
          const { bytes, decode } = inputs[k] as DecodeInput;
          const result = decode(bytes);
          results[k] = result;
          if (result.ok) accepted += 1;
        }
      }
      return mixWord(EMPTY, accepted);
    },
    sumRest: (sum) => mixText(sum, JSON.stringify(results)),
  };
}

function verifyTask(rounds: number, datagrams: readonly Uint8Array[]): MicroTask {
  return {
    name: `verify check ${CHECKED_BYTES} B`,
    operations: rounds * datagrams.length,
    run: () => {
      let sum = EMPTY;
      for (let round = 0; round < rounds; round += 1) {
        for (const bytes of datagrams) {
          sum = mixWord(sum, verifyCheck(bytes, 0, bytes.length) === 'good' ? 1 : 0);
        }
      }
      return sum;
    },
  };
}

function crcTask(rounds: number, datagrams: readonly Uint8Array[]): MicroTask {
  return {
    name: `crc32 ${CHECKED_BYTES} B`,
    operations: rounds * datagrams.length,
    run: () => {
      let sum = EMPTY;
      for (let round = 0; round < rounds; round += 1) {
        for (const bytes of datagrams) sum = mixWord(sum, crc32(bytes, 0, bytes.length));
      }
      return sum;
    },
  };
}

export const CODEC: MicroSuite = {
  name: 'codec',
  tasks: (size) => {
    const { quick, middling, slow } = ROUNDS[size];
    const messages = matchMessages();
    const plain = messages.map((message) => encodeStreamMessage(message));
    const checked = checkedDatagrams(messages);
    return [
      encodeTask(slow, messages),
      writeTask(quick, messages),
      readCountTask(quick, plain),
      decodeTask('decode message', slow, streamInputs(plain)),
      decodeTask('decode control', 8 * slow, controlInputs()),
      verifyTask(middling, checked),
      crcTask(middling, checked),
    ];
  },
};
