// The guest's page: one ticket, the one in the fragment, and nothing else.
import '../ui/tokens.css';
import '../ui/base.css';
import '../conversation/conversation-page.css';
import { begin } from '../conversation/Begin';
import { App } from './App';

void begin((visit) => <App visit={visit} />);
