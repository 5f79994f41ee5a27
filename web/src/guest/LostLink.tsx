// "I lost my link": the answer is the same for every address, whether the hub knows it or not (R-A11).
import { useState } from 'preact/hooks';
import { OneField } from '../conversation/OneField';
import { Panel, PanelFrame, PanelHead } from '../conversation/Panel';
import { call } from '../core/api';
import { words } from '../i18n/words';
import { mail, mailCheck } from '../ui/icons';
import { words as own_words } from './i18n';

export function LostLink() {
  const text = own_words.value.link;
  const [asked, setAsked] = useState('');
  if (asked) return <Asked email={asked} onOther={() => setAsked('')} />;
  const save = async (email: string) => {
    await call('POST /v1/links/lost', { body: { email } });
    setAsked(email);
  };
  const actions = (busy: boolean) => (
    <button type="submit" class="main-button wide" aria-busy={busy}>
      {text.lost_send}
    </button>
  );
  return (
    <PanelFrame>
      <OneField
        label={words.value.sign_in.email}
        type="email"
        autocomplete="email"
        value=""
        save={save}
        actions={actions}
      >
        <PanelHead icon={mail} title={text.lost_title} />
        <p class="panel-lead">{text.lost_lead}</p>
      </OneField>
    </PanelFrame>
  );
}

function Asked({ email, onOther }: { email: string; onOther: () => void }) {
  const text = own_words.value.link;
  return (
    <Panel icon={mailCheck} title={text.lost_asked_title}>
      <p class="panel-lead">
        {text.lost_asked_before}
        <b>
          <bdi>{email}</bdi>
        </b>
        {text.lost_asked_after}
      </p>
      <p class="panel-result">{text.lost_none}</p>
      <div class="panel-links">
        <button type="button" class="text-button" onClick={onOther}>
          {words.value.sign_in.other}
        </button>
      </div>
    </Panel>
  );
}
