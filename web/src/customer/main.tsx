// The customers' page: "My tickets", new requests and conversations.
import '../ui/tokens.css';
import '../ui/base.css';
import '../conversation/conversation-page.css';
import './customer.css';
import { begin } from '../conversation/Begin';
import { App } from './App';

void begin((visit) => <App visit={visit} />);
