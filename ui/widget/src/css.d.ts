// The build turns a stylesheet into its minified text.
declare module '*.css' {
  const text: string;
  export default text;
}
/** Path of the panel's module below the loader's folder; set by the build. */
declare const __PANEL__: string;
