// The shapes of icons: paths on a 24 × 24 grid, drawn with a stroke.
// One constant each, so that a page carries those it draws and no other; two files, so that the first load stays small.
export * from './icons-shell';
export * from './icons-views';
