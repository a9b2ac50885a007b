// s3sim: what both places of a signature have in common.
#pragma once

#include "core/identities.hpp"
#include "core/signature.hpp"

namespace sluice::sim::signature_detail {

std::vector<std::string> split(std::string_view text, char at);
/// False when it has not all its parts.
bool read_credential(const std::string& text, authorization& to);
/// Whether the names are lower case, sorted and not repeated.
bool in_order(const std::vector<std::string>& names);
/// Host, every x-amz-* header and content-md5 must be covered by the signature.
outcome<void> check_covered(const request_head& head, const std::vector<std::string>& covered);
outcome<void> check_token(const std::string* token, const signing_identity& who);
refusal mismatch(const authorization& who, const std::string& canonical);
/// What the text of x-amz-content-sha256 says; `length` whether x-amz-decoded-content-length is
/// there.
outcome<payload_claim> read_claim(std::string_view text, const request_head& head);

} // namespace sluice::sim::signature_detail
