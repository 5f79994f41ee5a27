// Icons of a page's frame and lists: part of every first load. From Lucide (ISC licence).

export const waves = [
  'M2 6q2.5 2 5 0t5 0 5 0 5 0',
  'M2 12q2.5 2 5 0t5 0 5 0 5 0',
  'M2 18q2.5 2 5 0t5 0 5 0 5 0',
];
export const help = [
  'M12 2a10 10 0 1 0 0 20 10 10 0 1 0 0-20',
  'M9.09 9a3 3 0 0 1 5.83 1c0 2-3 3-3 3',
  'M12 17h.01',
];
export const ticket = [
  'M2 9a3 3 0 0 1 0 6v2a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2v-2a3 3 0 0 1 0-6V7a2 2 0 0 0-2-2H4a2 2 0 0 0-2 2Z',
  'M13 5v2',
  'M13 17v2',
  'M13 11v2',
];
export const messages = ['M7.9 20A9 9 0 1 0 4 16.1L2 22Z'];
export const newMessage = [
  'M2.992 16.342a2 2 0 0 1 .094 1.167l-1.065 3.29a1 1 0 0 0 1.236 1.168l3.413-.998a2 2 0 0 1 1.099.092 10 10 0 1 0-4.777-4.719',
  'M8 12h8',
  'M12 8v8',
];
export const chevronLeft = ['m15 18-6-6 6-6'];
export const arrowRight = ['M5 12h14', 'm12 5 7 7-7 7'];
export const check = ['M20 6 9 17l-5-5'];
export const close = ['M18 6 6 18', 'm6 6 12 12'];
export const person = ['M19 21v-2a4 4 0 0 0-4-4H9a4 4 0 0 0-4 4v2', 'M12 3a4 4 0 1 0 0 8 4 4 0 1 0 0-8'];
export const signOut = ['m16 17 5-5-5-5', 'M21 12H9', 'M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4'];
export const signIn = ['m10 17 5-5-5-5', 'M15 12H3', 'M15 3h4a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2h-4'];
export const offline = [
  'M12 20h.01',
  'M8.5 16.429a5 5 0 0 1 7 0',
  'M5 12.859a10 10 0 0 1 5.17-2.69',
  'M19 12.859a10 10 0 0 0-2.007-1.523',
  'M2 8.82a15 15 0 0 1 4.177-2.643',
  'M22 8.82a15 15 0 0 0-11.288-3.764',
  'm2 2 20 20',
];
export const reload = ['M21 12a9 9 0 1 1-9-9c2.52 0 4.93 1 6.74 2.74L21 8', 'M21 3v5h-5'];
