import '@fontsource-variable/inter/wght.css';
import './styles/tokens.css';
import './styles/base.css';

import { mount } from 'svelte';

import App from './App.svelte';
import { router } from './router/router.svelte';
import { clock } from './shell/clock.svelte';

router.listen();
clock.start();

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element `app`');
mount(App, { target });
