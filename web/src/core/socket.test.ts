import { beforeEach, describe, expect, it } from 'vitest';
import type { ServerFrame } from '../protocol';
import { Socket, type SocketClass, type SocketOptions } from './socket';
import { FakeSocket, ManualClock } from './testing/fakes';

let clock: ManualClock;
let frames: ServerFrame[];

function socketWith(options: Partial<SocketOptions> = {}): Socket {
  const socket = new Socket({
    path: '/v1/realtime',
    locale: () => 'fr',
    cursors: () => [{ ticket: 't1', after: 7 }],
    onFrame: (frame) => frames.push(frame),
    active: () => true,
    WebSocket: FakeSocket as unknown as SocketClass,
    clock,
    random: () => 0.5,
    origin: 'http://localhost:8080',
    ...options,
  });
  socket.start();
  return socket;
}

beforeEach(() => {
  FakeSocket.made = [];
  clock = new ManualClock();
  frames = [];
});

describe('the socket', () => {
  it('says hello with its cursors and is live when welcomed', () => {
    const socket = socketWith();
    expect(FakeSocket.last.url).toBe('ws://localhost:8080/v1/realtime');
    expect(FakeSocket.last.protocol).toBe('hub.v1.json');
    FakeSocket.last.open();
    expect(FakeSocket.last.sent).toEqual([
      { type: 'hello', locale: 'fr', feeds: [{ ticket: 't1', after: 7 }] },
    ]);
    expect(socket.connection.value).toBe('connecting');
    clock.pass(24);
    FakeSocket.last.tell({ type: 'welcome', connection: 'c', epoch: 'e1', heartbeat_ms: 25_000, now: 0 });
    expect(socket.connection.value).toBe('live');
    expect(socket.latency_ms.value).toBe(24);
  });

  it('answers a ping at once', () => {
    socketWith();
    FakeSocket.last.welcome();
    FakeSocket.last.tell({ type: 'ping' });
    expect(FakeSocket.last.sent.at(-1)).toEqual({ type: 'pong', active: true });
  });

  it('opens another after 35 s without a frame, and names the epoch', () => {
    const socket = socketWith();
    FakeSocket.last.welcome();
    clock.pass(34_999);
    expect(socket.connection.value).toBe('live');
    FakeSocket.last.tell({ type: 'ping' });
    clock.pass(34_999);
    expect(FakeSocket.made).toHaveLength(1);
    clock.pass(1);
    expect(socket.connection.value).toBe('reconnecting');
    expect(FakeSocket.made[0]?.closed_by_page).toBe(true);
    clock.pass(1_000);
    FakeSocket.last.open();
    expect(FakeSocket.last.sent[0]).toMatchObject({ type: 'hello', epoch: 'e1' });
  });

  it('waits between 0.5 and 20 s between tries, for ever', () => {
    let random = 0;
    const socket = socketWith({ random: () => random });
    FakeSocket.last.drop(1006);
    clock.pass(499);
    expect(FakeSocket.made).toHaveLength(1);
    clock.pass(1);
    expect(FakeSocket.made).toHaveLength(2);
    random = 0.999_999;
    for (let round = 0; round < 60; round++) {
      const before = FakeSocket.made.length;
      FakeSocket.last.drop(1006);
      // Full jitter: 1, 2, 4 … 20 s at most; the new one is left alone then.
      while (FakeSocket.made.length === before) clock.pass(100);
      expect(FakeSocket.made.length).toBe(before + 1);
    }
    FakeSocket.last.welcome();
    expect(socket.connection.value).toBe('live');
  });

  it.each([4312, 4313, 4408, 4412, 1008, 1009, 1006])('tries again after %i', (code) => {
    const socket = socketWith();
    FakeSocket.last.welcome();
    FakeSocket.last.drop(code);
    expect(socket.connection.value).toBe('reconnecting');
    clock.pass(1_000);
    expect(FakeSocket.made).toHaveLength(2);
  });

  it.each([
    [4401, 'signed_out'],
    [4402, 'signed_out'],
    [4500, 'stopped'],
    [4501, 'stopped'],
    [4502, 'stopped'],
    [4510, 'stopped'],
  ])('ends at %i as %s', (code, state) => {
    const socket = socketWith();
    FakeSocket.last.welcome();
    FakeSocket.last.drop(code);
    expect(socket.connection.value).toBe(state);
    expect(socket.closed.value?.code).toBe(code);
    clock.pass(100_000);
    expect(FakeSocket.made).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  it('moves to another node without being not live', () => {
    const socket = socketWith();
    const [first] = FakeSocket.made;
    FakeSocket.last.welcome();
    FakeSocket.last.tell({ type: 'move', in_ms: 8_000 });
    clock.pass(2_000);
    expect(FakeSocket.made).toHaveLength(2);
    expect(socket.connection.value).toBe('live');
    first?.tell({ type: 'ping' });
    expect(first?.sent.at(-1)?.type).toBe('pong');
    FakeSocket.last.welcome();
    expect(first?.closed_by_page).toBe(true);
    expect(socket.connection.value).toBe('live');
    socket.send({ type: 'attend', ticket: 't1' });
    expect(FakeSocket.last.sent.at(-1)).toEqual({ type: 'attend', ticket: 't1' });
  });

  it('goes on with the second socket when the first closes during a move', () => {
    const socket = socketWith();
    const [first] = FakeSocket.made;
    FakeSocket.last.welcome();
    FakeSocket.last.tell({ type: 'move', in_ms: 8_000 });
    clock.pass(2_000);
    first?.drop(4412);
    expect(socket.connection.value).toBe('reconnecting');
    FakeSocket.last.welcome();
    expect(socket.connection.value).toBe('live');
    expect(FakeSocket.made).toHaveLength(2);
  });

  it('drops a socket that is not welcomed within 10 s', () => {
    socketWith();
    FakeSocket.last.open();
    clock.pass(10_000);
    expect(FakeSocket.made[0]?.closed_by_page).toBe(true);
    clock.pass(1_000);
    expect(FakeSocket.made).toHaveLength(2);
  });

  it('counts the tries that were not welcomed, and waits no longer than it is told', () => {
    const socket = socketWith({ random: () => 0.999_999, retry_ms_max: () => 60_000 });
    for (let failure = 1; failure <= 8; failure++) {
      FakeSocket.last.drop(1006);
      expect(socket.failures.value).toBe(failure);
      while (FakeSocket.made.length === failure) clock.pass(100);
    }
    FakeSocket.last.drop(1006);
    clock.pass(59_000);
    expect(FakeSocket.made).toHaveLength(9);
    socket.hurry();
    expect(FakeSocket.made).toHaveLength(10);
    FakeSocket.last.welcome();
    expect(socket.failures.value).toBe(0);
  });

  it('ends when its owner learns that nobody is signed in any more', () => {
    const socket = socketWith();
    FakeSocket.last.drop(1006);
    socket.signedOut();
    expect(socket.connection.value).toBe('signed_out');
    expect(clock.waiting).toBe(0);
  });

  it('keeps no frame while it is not live, and ignores what is no frame', () => {
    const socket = socketWith();
    expect(socket.send({ type: 'read', ticket: 't1', n: 1 })).toBe(false);
    FakeSocket.last.welcome();
    FakeSocket.last.onmessage?.({ data: 'not json' });
    FakeSocket.last.onmessage?.({ data: '42' });
    FakeSocket.last.onmessage?.({ data: '{"type":"of the future","x":1}' });
    expect(socket.connection.value).toBe('live');
  });
});
