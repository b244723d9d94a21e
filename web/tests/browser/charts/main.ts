import '@fontsource-variable/inter/wght.css';
import '../../../src/styles/tokens.css';
import '../../../src/styles/base.css';

import { mount } from 'svelte';

import { router } from '../../../src/router/router.svelte';
import Charts from './Charts.svelte';

router.listen();
const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element `app`');
mount(Charts, { target });
