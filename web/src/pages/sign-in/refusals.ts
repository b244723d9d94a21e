import { Problem } from '../../api/problem';

/** What to say and to do where signing in elsewhere did not let somebody in, by the code of the service. */
const REFUSALS = new Map<string, [message: string, help: string]>(Object.entries({
  'access.oidc_state': ['The sign-in took too long, or went on in another window.', 'Try again, in one window.'],
  'access.oidc_refused': ['The sign-in was broken off at the provider.', 'Try again when you want to go on.'],
  'access.oidc_token': ['The provider’s answer could not be trusted.', 'Tell whoever runs this service.'],
  'access.oidc_email': ['The provider does not vouch for your e-mail address.', 'Confirm the address there first.'],
  'access.oidc_domain': ['Your address is not of an organisation that is let in.', 'Ask for an invitation.'],
  'access.oidc_closed': ['Your account here is closed.', 'Ask whoever administers the workspace.'],
  'system.oidc_provider': ['The provider does not answer.', 'Try again in a while, or sign in with a password.'],
}));

/** The refusal with this code. A code that is not known is not repeated: anybody can write one into a link. */
export function refusalOf(code: string | undefined): Problem {
  const [message, help] = REFUSALS.get(code ?? '') ?? [
    'You could not be signed in.',
    'Try again, or ask whoever runs this service.',
  ];
  return new Problem(401, code !== undefined && REFUSALS.has(code) ? code : 'access.sign_in', message, help);
}
