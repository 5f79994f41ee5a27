// The console's page: looks, language and storage first, then who is signed in, then the page.

import '../ui/tokens.css';
import '../ui/inter.css';
import '../ui/base.css';
import './css/controls.css';
import './css/shell.css';
import './css/nav.css';
import './css/list.css';
import './css/states.css';
import '../ui/theme';
import { render } from 'preact';
import { openStore } from '../core/storage';
import { openTabs } from '../core/tabs';
import { ready } from '../i18n';
import { App } from './App';
import { findSession } from './session';

async function start(root: HTMLElement): Promise<void> {
  const [store, tabs] = await Promise.all([openStore(), openTabs(), ready(), findSession()]);
  render(<App store={store} tabs={tabs} />, root);
}

const root = document.getElementById('app');
if (root) void start(root);
