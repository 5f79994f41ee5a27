// What somebody wrote, as elements: tokens of core/text.ts, never HTML. Links tell the other side nothing.
import { type Token, tokens } from '../core/text';

export function RichText({ text }: { text: string }) {
  return <>{tokens(text).map(draw)}</>;
}

function draw(token: Token, index: number) {
  switch (token.kind) {
    case 'text':
      return token.text;
    case 'break':
      return <br key={index} />;
    case 'code':
      return <code key={index}>{token.text}</code>;
    case 'bold':
      return <strong key={index}>{token.of.map(draw)}</strong>;
    case 'italic':
      return <em key={index}>{token.of.map(draw)}</em>;
    case 'link':
      return (
        <a key={index} href={token.href} target="_blank" rel="noopener noreferrer nofollow">
          {token.text}
          {token.host && <bdi class="link-host"> ({token.host})</bdi>}
        </a>
      );
  }
}
