/**
 * A server that answers each datagram with its text in capitals: `node server.mjs [PORT]`.
 *
 * A question is two bytes of number and a text; the answer has the same number. It knows nothing of matchstream.
 */
import { createSocket } from 'node:dgram';

const [port = '7101'] = process.argv.slice(2);
const NUMBER_BYTES = 2;

const socket = createSocket('udp4');
socket.on('message', (question, from) => {
  const text = question.toString('utf8', NUMBER_BYTES).toUpperCase();
  const answer = Buffer.concat([question.subarray(0, NUMBER_BYTES), Buffer.from(text)]);
  socket.send(answer, from.port, from.address);
});
socket.bind(Number(port), '127.0.0.1', () => console.log(`listening on 127.0.0.1:${socket.address().port}`));
