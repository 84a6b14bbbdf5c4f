/** The group of a CaImAn file written by annulus that holds what CaImAn has no place for. */
export const CAIMAN_EXTRA = "/annulus";

/** What its attribute `format` says. */
export const CAIMAN_EXTRA_FORMAT = "annulus results for CaImAn";

/** Version of its layout. A file with another one is read as any file of CaImAn's. */
export const CAIMAN_EXTRA_VERSION = 1;
