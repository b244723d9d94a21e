import { answer, api } from '../../api/client';
import type { SignInOptions } from '../../api/schema';

/** What holds where the service does not say. */
const PASSWORD_ONLY: SignInOptions = { password: true, oidc: null };

/** The ways to sign in; by password where the service cannot tell. */
export async function signInOptions(): Promise<SignInOptions> {
  try {
    return await answer(api.GET('/api/v1/session/options'));
  } catch {
    return PASSWORD_ONLY;
  }
}
