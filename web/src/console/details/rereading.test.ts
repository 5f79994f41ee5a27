import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../core/testing/fakes';
import { Rereading, settle_ms } from './rereading';

function make() {
  const clock = new ManualClock();
  const answers: (() => void)[] = [];
  const rereading = new Rereading(() => new Promise((done) => answers.push(done)), clock);
  return { clock, answers, rereading };
}

describe('reading again', () => {
  it('is done once for a burst of changes', () => {
    const { clock, answers, rereading } = make();
    for (let i = 0; i < 5; i++) rereading.soon();
    clock.pass(settle_ms);
    expect(answers.length).toBe(1);
  });

  it('is done once more when something changed while it was read, and not before that is over', async () => {
    const { clock, answers, rereading } = make();
    const reading = rereading.now();
    rereading.soon();
    rereading.soon();
    clock.pass(settle_ms);
    expect(answers.length).toBe(1);
    answers[0]?.();
    await reading;
    clock.pass(settle_ms);
    expect(answers.length).toBe(2);
  });

  it('ends with the part of the page that shows it', () => {
    const { clock, answers, rereading } = make();
    rereading.soon();
    rereading.stop();
    rereading.soon();
    clock.pass(settle_ms);
    expect(answers.length).toBe(0);
  });
});
