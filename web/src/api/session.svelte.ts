import { answer, api, identity } from './client';
import { Problem } from './problem';
import type { Role, SignedIn, User, Workspace } from './schema';

const REMEMBERED = 'driftline.workspace';
const ROLES: readonly Role[] = ['viewer', 'editor', 'admin', 'owner'];

/** Who is signed in, and where. */
class SessionState {
  /** Whether it is known yet. */
  isKnown = $state(false);
  user = $state.raw<User>();
  workspaces = $state.raw<Workspace[]>([]);
  workspace = $state.raw<Workspace>();

  /** Whether who is signed in may do what takes this role in the present workspace. */
  may(least: Role): boolean {
    return this.workspace !== undefined && ROLES.indexOf(this.workspace.role) >= ROLES.indexOf(least);
  }

  /** Asks the service who is signed in. */
  async load(): Promise<void> {
    try {
      this.#take(await answer(api.GET('/api/v1/session')));
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status !== 401) throw problem;
      this.#forget();
    }
  }

  /** Signs in by address and password. */
  async signIn(email: string, password: string): Promise<void> {
    this.#take(await answer(api.POST('/api/v1/session', { body: { email, password } })));
  }

  /** Ends the session. */
  async signOut(): Promise<void> {
    await answer(api.DELETE('/api/v1/session'));
    this.#forget();
  }

  /** Goes to another workspace. Whatever is shown belongs to the one before: the page is loaded anew. */
  enter(workspaceId: string): void {
    localStorage.setItem(REMEMBERED, workspaceId);
    location.assign('/');
  }

  #take(signedIn: SignedIn): void {
    const wanted = new URLSearchParams(location.search).get('w') ?? localStorage.getItem(REMEMBERED);
    const { workspaces } = signedIn;
    this.user = signedIn.user;
    this.workspaces = workspaces;
    this.workspace = workspaces.find((one) => one.id === wanted) ?? workspaces[0];
    identity.csrfToken = signedIn.csrf_token ?? undefined;
    identity.workspaceId = this.workspace?.id;
    this.isKnown = true;
  }

  #forget(): void {
    this.user = undefined;
    this.workspaces = [];
    this.workspace = undefined;
    identity.csrfToken = undefined;
    identity.workspaceId = undefined;
    this.isKnown = true;
  }
}

export const session = new SessionState();
