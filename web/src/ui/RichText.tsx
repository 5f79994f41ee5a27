// What somebody wrote, as elements: tokens of core/text.ts, never HTML. Links tell the other side nothing.
import type { ComponentChildren } from 'preact';
import { mentionParts } from '../core/mentions';
import { type Token, tokens } from '../core/text';

/** `names`: whom the text calls; they are set off. */
export function RichText({ text, names = [] }: { text: string; names?: readonly string[] }) {
  return <>{tokens(text).map((token, index) => draw(token, index, names))}</>;
}

function draw(token: Token, index: number, names: readonly string[]): ComponentChildren {
  switch (token.kind) {
    case 'text':
      return names.length === 0 ? token.text : <Called key={index} text={token.text} names={names} />;
    case 'break':
      return <br key={index} />;
    case 'code':
      return <code key={index}>{token.text}</code>;
    case 'bold':
      return <strong key={index}>{token.of.map((each, at) => draw(each, at, names))}</strong>;
    case 'italic':
      return <em key={index}>{token.of.map((each, at) => draw(each, at, names))}</em>;
    case 'link':
      return (
        <a key={index} href={token.href} target="_blank" rel="noopener noreferrer nofollow">
          {token.text}
          {token.host && <bdi class="link-host"> ({token.host})</bdi>}
        </a>
      );
  }
}

function Called({ text, names }: { text: string; names: readonly string[] }) {
  return (
    <>
      {mentionParts(text, names).map((part, index) =>
        part.name ? (
          <bdi key={index} class="mention">
            {part.text}
          </bdi>
        ) : (
          part.text
        ),
      )}
    </>
  );
}
