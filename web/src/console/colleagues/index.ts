// How colleagues and oneself stand, in the navigation: not in the first load.
import '../css/colleagues.css';

export { AwayButton } from './AwayButton';
export { ColleagueList } from './ColleagueList';
export { ScopeSign } from './ScopeSign';
