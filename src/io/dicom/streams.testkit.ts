/** Width and height of the pictures below. */
export const rampWidth = 24;
export const rampHeight = 20;

/** Value of pixel (x, y) of the ramps that the streams below hold. */
export const ramps = {
  bits8: (x: number, y: number): number => 6 * x + 5 * y,
  bits12: (x: number, y: number): number => 100 * x + 80 * y,
  bits16: (x: number, y: number): number => 2700 * x + 170 * y,
} as const;

/** Names of the streams: compression and bits, or what is special. */
export type StreamName =
  | "jpegExtended12"
  | "jpegBaseline8"
  | "jpegBaselineRgb"
  | "jpegLossless12"
  | "jpegLossless16"
  | "jpegLs12"
  | "jpegLs8"
  | "jpeg2000";

/** The ramps, encoded with other software: one small stream for each compression. */
export const streams: Readonly<Record<StreamName, Uint8Array>> = {
  jpegExtended12: decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQIBAQEBAQIBAQECAgICAgICAgIDAwQDAwMDAwICAwQD" +
      "AwQEBAQEAgMFBQQEBQQEBAT/wQALDAAUABgBAREA/8QAFQABAQAAAAAAAAAAAAAAAAAADQ7/xAAhEAAABQMFAQAAAAAAAAAA" +
      "AAAACyhVYzhGcwQJCidEZP/aAAgBAQAAPwCTryOEpNpATMxWjgjDIARwlJtICZmK0cEYZACOEpNpATMxWjgjAP8AkcJSbSAm" +
      "ZitHBGGQAjhKTaQEzMVo4IwyAEcJSbSAmZitHBGJ7fI4eNvtNJA6AYvXooPjDIARw8bfaaSB0AxevRQfGGQAjh42+00kDoBi" +
      "9eig+Mf/2Q==",
  ),
  jpegBaseline8: decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsI" +
      "CQoKCgoKBggLDAsKDAkKCgr/wAALCAAUABgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgED" +
      "AwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RF" +
      "RkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJ" +
      "ytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APyZ+CXwk/1P+i+navsD4JfCT/U/6L6dq+wPgl8JP9T/" +
      "AKL6dq+H/gl8JP8AU/6L6dq+wPgl8JP9T/ovp2r7A+CXwk/1P+i+navgb4JeGtJ/c/6P6V9gfBLw1pP7n/R/SvsD4JeGtJ/c" +
      "/wCj+lf/2Q==",
  ),
  jpegBaselineRgb: decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsI" +
      "CQoKCgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK" +
      "CgoKCgoKCgoKCgoKCgr/wAARCAAUABgDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAA" +
      "AgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6" +
      "Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXG" +
      "x8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREA" +
      "AgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5" +
      "OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPE" +
      "xcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDs9Z1Xr81cnrOq9fmqfWdV6/NXJ6zqvX5q" +
      "/jXhLhr4fdP528H/AAv/AIfuduhX1rVevz0VzWs6r1+aiv6IyvhlfVF7p/pFwp4X/wDCRD3PwO61q5l5+auS1q5l+b5qKK+Q" +
      "4ShD3dD8a8H6NH937q6dDk9auJct81FFFf0PlUIfVFof6Q8J0aP9kQ91fcf/2Q==",
  ),
  jpegLossless12: decode(
    "/9j/xAAWAAEBAQAAAAAAAAAAAAAAAAAGBwz/wwALDAAUABgBABEA/9oACAEAAAYAAM//AGSyWSyWSyWSyWSyWSyWSyWSyWSy" +
      "WSyWSyWSoKFChQoUKFChQoUKFChQoUKFChQoqChQoUKFChQoUKFChQoUKFChQoUKKgoUKFChQoUKFChQoUKFChQoUKFCioKF" +
      "ChQoUKFChQoUKFChQoUKFChQoqChQoUKFChQoUKFChQoUKFChQoUKKgoUKFChQoUKFChQoUKFChQoUKFCioKFChQoUKFChQo" +
      "UKFChQoUKFChQoqChQoUKFChQoUKFChQoUKFChQoUKKgoUKFChQoUKFChQoUKFChQoUKFCioKFChQoUKFChQoUKFChQoUKFC" +
      "hQoqChQoUKFChQoUKFChQoUKFChQoUKKgoUKFChQoUKFChQoUKFChQoUKFCioKFChQoUKFChQoUKFChQoUKFChQoqChQoUKF" +
      "ChQoUKFChQoUKFChQoUKKgoUKFChQoUKFChQoUKFChQoUKFCioKFChQoUKFChQoUKFChQoUKFChQoqChQoUKFChQoUKFChQo" +
      "UKFChQoUKKgoUKFChQoUKFChQoUKFChQoUKFCioKFChQoUKFChQoUKFChQoUKFChQoD/2Q==",
  ),
  jpegLossless16: decode(
    "/9j/xAAXAAEBAQEAAAAAAAAAAAAAAAAHDAgQ/8MACxAAFAAYAQARAP/aAAgBAAAGAADqoyqMqjKoyqMqjKoyqMqjKoyqMqjK" +
      "oyqMqjKoyqMqjKoyqMqjKoyqM1UqqqqqqqqqqqqqqqqqqqqqqqqqqqqqquqlVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV1Uqqqq" +
      "qqqqqqqqqqqqqqqqqqqqqqqqqquqlVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV1UqqqqqqqqqqqqqqqqqqqqqqqqqqqqqquqlVV" +
      "VVVVVVVVVVVVVVVVVVVVVVVVVVVV1UqqqqqqqqqqqqqqqqqqqqqqqqqqqqqquqlVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV1Uq" +
      "qqqqqqqqqqqqqqqqqqqqqqqqqqqqquqlVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV1Uqqqqqqqqqqqqqqqqqqqqqqqqqqqqqquq" +
      "lVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV1UqqqqqqqqqqqqqqqqqqqqqqqqqqqqqquqlVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV" +
      "1UqqqqqqqqqqqqqqqqqqqqqqqqqqqqqquqlVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV1Uqqqqqqqqqqqqqqqqqqqqqqqqqqqqq" +
      "quqlVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV1Uqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqr/2Q==",
  ),
  jpegLs12: decode(
    "/9j/6AAgU1BJRkYAAgAAAQAAABQAAAAYChAGAQAAASwAAAEs/+gACAAAAAH/2P/3AAsQABQAGAEBEQD/+AANAf//ABIAQwEU" +
      "AED/2gAIAQEAAAAApjzHmLMeYth2DX+93e52+12ex1+t1ep0+l0ehlBKCT1OU1TGWymSyGOxmKxGGwmCwH9+fXx7Sg9PLw7u" +
      "zq6Obk4uDe3NrY1tTS0M7MysiT2NiYmFgYF9eXl1dXFxbW1paWlly4bt1ObNWrRozZsmTJixYsGDBevXrly5cpq1atWrVixY" +
      "rVq1SpUqUqVLLLDDCmMMLrrrrrrrrLLLLLLKqqqqqstVVRRRRRRRRRRNNNa1rWta2Uta1qUpSlKUpSlKUpSlJZKUpSlKUpVV" +
      "VVVVVVVWQqqqqqqiIiIiIiIkx0kkkkkkkkkkkxkkkkqqqqqsVVVVVV/4j/9//Df/f/4T/3//Av9//2A//3//X/9//0D/2Q==",
  ),
  jpegLs8: decode(
    "/9j/6AAgU1BJRkYAAgAAAQAAABQAAAAYCggGAQAAASwAAAEs/+gACAAAAAH/2P/3AAsIABQAGAEBEQD/2gAIAQEAAAAAjnOk" +
      "6f2//1ttttpjI5NttJVVVRv/f/0f/3/9/3/+n/9/+/9//z//f/f/f/7/f/9v/3/5/3//H/9/9/9//f9//z//f+//f/v/f/7/" +
      "f/9f/3/w/9k=",
  ),
  jpeg2000: decode(
    "/0//UQApAAAAAAAYAAAAFAAAAAAAAAAAAAAAGAAAABQAAAAAAAAAAAABCwEB/1IADAAAAAEAAQQEAAH/XAAHQGBoaHD/ZAAl" +
      "AAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjT/kAAKAAAAAACsAAH/k9/iEBIzKG/m9RKUbND5GCxhBLWRW0OP" +
      "+3p/nLyLM1WW76Sk2QsyLjbM5gtSlScqusWw+L3FoARbjfHFxNw0e0M+FdyE/0m6qs0v7RlAFYnDPDGHvH75IfjeUK4TrlrU" +
      "6kHmQ8PrFBgCJ79Ly8vMlKcitu7m0Yx6VTEMqOxyCSkk9LmCB7zzD8B9oRAfaEBLJefWIoo+2YbqXg+zWEhL/9k=",
  ),
};

function decode(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
