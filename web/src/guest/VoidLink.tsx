// A link that leads nowhere. Why is not said: whoever guesses links learns nothing, and the way on is the same.
import { Panel } from '../conversation/Panel';
import { customerPage, href } from '../core/route';
import { words } from '../i18n/words';
import { lock } from '../ui/icons';
import { words as own_words } from './i18n';

export function VoidLink() {
  const text = own_words.value.link;
  return (
    <Panel icon={lock} title={text.void_title}>
      <p class="panel-lead">{text.void}</p>
      <a class="main-button wide" href={href('lost')}>
        {words.value.help.lost_link}
      </a>
      <div class="panel-links">
        <a class="text-button" href={customerPage('new')}>
          {words.value.help.new_request}
        </a>
      </div>
    </Panel>
  );
}
