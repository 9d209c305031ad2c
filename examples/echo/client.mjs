/**
 * The client of `server.mjs`: `node client.mjs [HOST:PORT [MILLISECONDS]]`. It asks for the words of a sentence in capitals,
 * one after the other, and asks again where no answer comes in so many milliseconds (300). Exit code 1 when a word stays without one.
 *
 * Without an address it takes the one in MATCHSTREAM_SERVER, which is the proxy's when it runs behind `matchstream proxy … --`.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';

const WORDS = 'the ball is round, the game lasts ninety minutes, and everything else is theory'.split(' ');
const NUMBER_BYTES = 2;
const NUMBERS = 65_536;
const TRIES = 10;

const [address = process.env.MATCHSTREAM_SERVER ?? '127.0.0.1:7101', patienceMs = 300] =
  process.argv.slice(2);
const [host, port] = address.split(':');

const socket = createSocket('udp4');
socket.connect(Number(port), host);
await once(socket, 'connect');

/** Number of questions that were sent again, and of answers that came twice or too late. */
let repeated = 0;
let unwanted = 0;
let wanted = null;
socket.on('error', () => undefined);
socket.on('message', (answer) => {
  if (answer.length >= NUMBER_BYTES && answer.readUInt16BE(0) === wanted?.number)
    wanted.take(answer.toString('utf8', NUMBER_BYTES));
  else unwanted += 1;
});

/** Resolves to the answer; null where none came in time. */
function ask(number, text) {
  const question = Buffer.concat([Buffer.alloc(NUMBER_BYTES), Buffer.from(text)]);
  question.writeUInt16BE(number);
  return new Promise((resolve) => {
    const end = (answer) => {
      clearTimeout(timer);
      wanted = null;
      resolve(answer);
    };
    const timer = setTimeout(end, Number(patienceMs), null);
    wanted = { number, take: end };
    socket.send(question);
  });
}

// Each question has a number of its own, and keeps it when it is asked again: an answer that comes twice is told from the next one.
const first = randomInt(NUMBERS);
const answers = [];
for (const [k, word] of WORDS.entries()) {
  const number = (first + k) % NUMBERS;
  let answer = await ask(number, word);
  for (let tries = 1; answer === null && tries < TRIES; tries += 1) {
    repeated += 1;
    answer = await ask(number, word);
  }
  answers.push(answer ?? '?');
}
socket.close();
console.log(answers.join(' '));
console.log(`${WORDS.length} questions, ${repeated} asked again, ${unwanted} answers twice or too late`);
process.exitCode = answers.includes('?') ? 1 : 0;
