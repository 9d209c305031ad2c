import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventStream, MAX_EVENTS, MAX_PAGES, MAX_WAITING } from '../../../harness/control/eventStream.ts';

const stream = suite('the stream of events');

const DECODER = new TextDecoder();

/** What can be read without waiting: so many messages. */
async function read(body: ReadableStream<Uint8Array>, messages: number): Promise<string[]> {
  const reader = body.getReader();
  const texts: string[] = [];
  for (let k = 0; k < messages; k += 1) {
    const { done, value } = await reader.read();
    if (done) break;
    texts.push(DECODER.decode(value));
  }
  reader.releaseLock();
  return texts;
}

const connected = (events: EventStream, drop?: () => void): ReadableStream<Uint8Array> => {
  const body = events.connect(drop);
  assert.ok(body !== null);
  return body as ReadableStream<Uint8Array>;
};

stream('a page gets the state at once, then once a tick, behind what happened', async () => {
  let n = 0;
  const events = new EventStream(() => ({ v: 1, n: (n += 1) }));
  const page = connected(events);
  events.event('epoch', { proxy: 'a\nb', epoch: 2 });
  events.tick();
  events.tick();
  assert.equal(await read(page, 4), [
    'retry: 2000\n\n',
    'event: state\ndata: {"v":1,"n":1}\n\n',
    'event: epoch\ndata: {"proxy":"a\\nb","epoch":2}\n\nevent: state\ndata: {"v":1,"n":2}\n\n',
    'event: state\ndata: {"v":1,"n":3}\n\n',
  ]);
});

stream('one state is made a tick, whatever the number of pages, and its bytes are shared', async () => {
  let made = 0;
  const events = new EventStream(() => ({ made: (made += 1) }));
  const pages = Array.from({ length: 50 }, () => connected(events));
  assert.is(made, 1, 'the first state is shared, too');
  events.tick();
  assert.is(made, 2);
  const buffers = await Promise.all(
    pages.map(async (page) => {
      const reader = page.getReader();
      await reader.read();
      await reader.read();
      return (await reader.read()).value;
    }),
  );
  assert.is(new Set(buffers).size, 1);
});

stream('without a page no state is made', () => {
  let made = 0;
  const events = new EventStream(() => (made += 1));
  for (let k = 0; k < 10; k += 1) events.tick();
  events.event('epoch', {});
  assert.is(made, 0);
});

stream('a page that does not read is dropped, and the others go on', async () => {
  const events = new EventStream(() => ({}));
  let drops = 0;
  const slow = connected(events, () => (drops += 1));
  const fast = connected(events);
  const reader = fast.getReader();
  for (let k = 0; k < 2; k += 1) await reader.read();
  for (let k = 0; k < MAX_WAITING - 2; k += 1) {
    events.tick();
    await reader.read();
  }
  assert.is(events.pages, 2, 'as much as may wait does wait');
  events.tick();
  await reader.read();
  assert.equal([events.pages, events.dropped, drops], [1, 1, 1]);
  events.tick();
  assert.is((await reader.read()).done, false);
  // What had been given to it is there, and then it ends.
  assert.is((await read(slow, 100)).length, MAX_WAITING);
});

stream('a page that goes is forgotten', async () => {
  const events = new EventStream(() => ({}));
  const page = connected(events);
  await page.cancel();
  assert.is(events.pages, 0);
  events.tick();
  assert.is(events.dropped, 0);
});

stream('there are at most so many pages', () => {
  const events = new EventStream(() => ({}));
  for (let k = 0; k < MAX_PAGES; k += 1) connected(events);
  assert.is(events.connect(), null);
});

stream('of very many events of a second the last are sent, and how many were not is said', async () => {
  const events = new EventStream(() => ({}));
  const page = connected(events);
  for (let k = 1; k <= MAX_EVENTS + 5; k += 1) events.event('epoch', { k });
  events.tick();
  const [, , text = ''] = await read(page, 3);
  assert.ok(text.startsWith('event: leftOut\ndata: {"events":5}\n\nevent: epoch\ndata: {"k":6}\n\n'), text);
  assert.is(text.match(/event: epoch/g)?.length, MAX_EVENTS);
});

stream('at the end every page reads what it was given, and its stream ends', async () => {
  const events = new EventStream(() => ({}));
  const page = connected(events);
  events.close();
  assert.is(events.pages, 0);
  assert.is((await read(page, 10)).length, 2);
});

stream.run();
