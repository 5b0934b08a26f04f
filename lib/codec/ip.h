/* codec/ip.h - IP addresses as text (RFC 5952 out, RFC 4291 in). */
#ifndef PARS_CODEC_IP_H
#define PARS_CODEC_IP_H

#include "base/bytes.h"

#define PARS_IP_TEXT 40 /* the longest with its NUL */

/* False unless the whole text is one address. IPv4: four decimal numbers
 * without leading zeros. IPv6: no zone; the dotted tail is understood. */
bool pars_ip4_parse(struct pars_bytes text, uint8_t ret[4]);
bool pars_ip6_parse(struct pars_bytes text, uint8_t ret[16]);
void pars_ip4_text(const uint8_t ip[4], char out[PARS_IP_TEXT]);
void pars_ip6_text(const uint8_t ip[16], char out[PARS_IP_TEXT]);

#endif
