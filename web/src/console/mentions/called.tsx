// The names that a note calls, set off in its text.

import { mentionParts } from '../../core/mentions';
import type { AgentRef, ParticipantId } from '../../protocol';
import type { MessageItem } from '../../ui/log-items';
import type { DrawWords } from '../../ui/RichText';

/** How the words of a message are drawn; undefined when it calls nobody. */
export function drawCalled({ mentions }: MessageItem, me: ParticipantId): DrawWords | undefined {
  if (mentions.length === 0) return undefined;
  return (text) => <Called text={text} mentions={mentions} me={me} />;
}

interface CalledProps {
  text: string;
  mentions: readonly AgentRef[];
  me: ParticipantId;
}

function Called({ text, mentions, me }: CalledProps) {
  const names = mentions.map(({ name }) => name);
  const mine = new Set(mentions.filter(({ id }) => id === me).map(({ name }) => `@${name}`));
  return (
    <>
      {mentionParts(text, names).map((part, index) =>
        part.name ? (
          <bdi key={index} class={`mention ${mine.has(part.text) ? 'me' : ''}`}>
            {part.text}
          </bdi>
        ) : (
          part.text
        ),
      )}
    </>
  );
}
