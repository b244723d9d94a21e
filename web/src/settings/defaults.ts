import type { Settings } from '../api/schema';

/** The settings of a service that nobody has changed, as the description of the API gives them. */
export const DEFAULTS: Settings = {
  csv: {
    delimiter: '',
    quote: '',
    escape: '',
    encoding: '',
    has_header: null,
    header: '',
    skip_rows: '',
    comment: '',
    newline: '',
    decimal: '',
    null_spellings: ['', 'na', 'n/a', 'null', 'none', 'nan', 'nil', '#n/a', '\\n', '<na>'],
    max_cell_bytes: 1 << 20,
  },
  drift: {
    headline: 'kl',
    sensitivity: 'normal',
    false_discovery_rate: 0.01,
    min_mass_moved: 0.03,
    min_null_change: 0.02,
    bins: 20,
    methods: [],
    exclude: [],
    conform: null,
  },
  anomalies: {
    column_methods: ['zscore'],
    rarity: true,
    joint: 'ensemble',
    z_threshold: 3,
    threshold: 0.9,
    top: 20,
  },
  roles: {},
  privacy: { show_personal: false },
};
