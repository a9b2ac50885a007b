// s3client: an object's traits as headers, and back.
#pragma once

#include "request_builder.hpp"

namespace sluice::s3 {

/// Everything of `traits` that goes into headers: tags, encryption and lock too.
void add_traits(request& to, const object_traits& traits);
void add_terms(request& to, const request_terms& terms);
/// The terms of a client, where the request says nothing itself.
void add_missing_terms(request& to, const request_terms& terms);
void add_version(request& to, const std::string& version_id);
void add_read_conditions(request& to, const std::string& if_match, const read_conditions& only_if);
/// Encrypts with, or opens by, the customer's own key. Errors: unsafe_input when it is none of 32
/// bytes.
result<void> add_customer_key(request& to, const customer_key& secret);
/// The same for the source of a copy, whose headers begin with x-amz-copy-source-.
result<void> add_source_key(request& to, const customer_key& secret);

/// "a=1&b=2", as x-amz-tagging carries tags.
std::string encode_tags(const tag_map& tags);

/// The traits that the head of a HEAD or GET tells.
object_traits read_traits(const response_head& head);

} // namespace sluice::s3
