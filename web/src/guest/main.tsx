// The guest's page: one ticket, the one in the fragment, and the places that the links of mails lead to.
import '../ui/tokens.css';
import '../ui/base.css';
import '../conversation/conversation-page.css';
import { begin } from '../conversation/Begin';
import { App, preload } from './App';
import { takeLink } from './held-link';

takeLink();
preload();
void begin((visit) => <App visit={visit} />);
