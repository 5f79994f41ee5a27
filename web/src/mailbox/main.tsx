// The local mailbox page, while no mail server is set: reads what the hub would have sent.
import { effect } from '@preact/signals';
import { render } from 'preact';
import { ready } from '../i18n';
import { words } from '../i18n/words';
import '../ui/tokens.css';
import '../ui/base.css';
import './mailbox.css';
import { Mailbox } from './Mailbox';
import { pollForEver } from './mails';

await ready();
effect(() => {
  document.title = words.value.mailbox.title;
});
const page = document.getElementById('page');
if (page) render(<Mailbox />, page);
void pollForEver();
