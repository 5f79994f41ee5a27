// The pages before the console: a chunk of their own, for most visits need none of them.
import '../css/entry.css';
import '../css/settings.css';

export { LinkPage } from './LinkPage';
export { SignIn } from './SignIn';
export { Unreachable } from './Unreachable';
