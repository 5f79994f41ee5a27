// The words of the pages before the console in English. This file is the type of the others.

export const en = {
  signIn: 'Sign in',
  signInTo: (site: string) => `Sign in to ${site}`,
  intro: 'For agents. Customers find their tickets on the site itself.',
  email: 'E-mail address',
  password: 'Password',
  name: 'Your name',
  nameHint: 'Customers see it beside your replies.',
  passwordHint: (least: number) => `At least ${least} characters. A few plain words do well.`,
  expired: 'Your sign-in has ended. Sign in to go on where you were; what you wrote is still there.',
  signedOut: 'You are signed out.',
  linkGone: 'This link works no more',
  linkGoneIntro: 'It was used, has expired, or was not copied whole. An admin can make a new one.',
  toSignIn: 'Go to sign-in',
  firstAdmin: 'Create the first admin',
  firstAdminIntro: 'This account looks after the hub: agents, teams, and tickets.',
  invite: (name: string) => `Welcome, ${name}`,
  inviteIntro: (site: string) => `You are invited to answer for ${site}. Choose a password to begin.`,
  reset: 'Choose a new password',
  resetIntro: (email: string) => `For ${email}. Your other sign-ins end.`,
  create: 'Create account',
  begin: 'Begin',
  setPassword: 'Set password',
};

export default en;
