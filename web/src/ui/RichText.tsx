// What somebody wrote, as elements: tokens of core/text.ts, never HTML. Links tell the other side nothing.
import type { ComponentChildren } from 'preact';
import { type Token, tokens } from '../core/text';

export type DrawWords = (text: string) => ComponentChildren;

const asTheyAre: DrawWords = (text) => text;

export function RichText({ text, drawWords }: { text: string; drawWords?: DrawWords | undefined }) {
  return <>{tokens(text).map((token, index) => draw(token, index, drawWords ?? asTheyAre))}</>;
}

function draw(token: Token, index: number, words: DrawWords): ComponentChildren {
  const within = (of: readonly Token[]) => of.map((each, at) => draw(each, at, words));
  switch (token.kind) {
    case 'text':
      return words(token.text);
    case 'break':
      return <br key={index} />;
    case 'code':
      return <code key={index}>{token.text}</code>;
    case 'bold':
      return <strong key={index}>{within(token.of)}</strong>;
    case 'italic':
      return <em key={index}>{within(token.of)}</em>;
    case 'link':
      return (
        <a key={index} href={token.href} target="_blank" rel="noopener noreferrer nofollow">
          {token.text}
          {token.host && <bdi> ({token.host})</bdi>}
        </a>
      );
  }
}
