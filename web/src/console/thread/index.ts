// The open ticket with all that belongs to it, as one chunk: the list is on the screen before it.
import '../../ui/conversation.css';
import '../css/thread.css';
import '../css/composer.css';
import '../css/details.css';
import '../css/dialogs.css';

export { AssignDialog } from '../assign/AssignDialog';
export { Details } from '../details/Details';
export { Thread } from './Thread';
