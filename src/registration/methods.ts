import { usageError } from "../errors.ts";
import { deepReg } from "./deepReg.ts";
import type { RegistrationMethod } from "./method.ts";
import { optGc } from "./optGc.ts";
import { optNccl } from "./optNccl.ts";
import { optNgi } from "./optNgi.ts";
import { rtpi } from "./rtpi.ts";
import { rtpiOpt } from "./rtpiOpt.ts";
import { sopi } from "./sopi.ts";
import { sopiOpt } from "./sopiOpt.ts";

/** Every way to register, by name. */
export const registrationMethods: readonly RegistrationMethod[] = [
  optGc,
  optNgi,
  optNccl,
  deepReg,
  rtpi,
  rtpiOpt,
  sopi,
  sopiOpt,
];

/** The method of a name; an unknown one is an error that lists the known ones. */
export function registrationMethod(name: string): RegistrationMethod {
  const method = registrationMethods.find((candidate) => candidate.name === name);
  if (method) return method;
  throw usageError({
    what: "Registration method",
    got: `"${name}"`,
    expected: `one of ${registrationMethods.map((candidate) => candidate.name).join(", ")}`,
  });
}
