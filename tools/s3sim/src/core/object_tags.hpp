// s3sim: tags of objects, in headers and documents.
#pragma once

#include "core/object.hpp"

#include <string>
#include <string_view>

namespace sluice::sim {

/// "a=1&b=2", encoded as a query. Refuses: 400 InvalidArgument for what is malformed or twice,
/// 400 BadRequest for more than ten, InvalidTag for a name over 128 or a value over 256 bytes.
outcome<tag_set> read_tagging_header(std::string_view text);
/// The <Tagging> document. Refuses also: 400 MalformedXML.
outcome<tag_set> read_tagging_document(std::string_view xml);
std::string tagging_document(const tag_set& tags);

} // namespace sluice::sim
