/** Where the pages start: the session and the player are asked for before anything is drawn. */
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { preloadPage } from './routes.ts';
import { applyPreferences } from './state/preferences.ts';
import { loadSession, loadSite } from './state/session.ts';

preloadPage(location.pathname);
void loadSession();
void loadSite();
applyPreferences(document.documentElement);

const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no #app');
render(<App />, root);
