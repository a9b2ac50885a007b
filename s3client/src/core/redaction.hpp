// s3client: what a server said, before it is told to anybody.
#pragma once

#include <string>
#include <string_view>

namespace sluice::s3 {

/// Takes a secret out of `text`, wherever it stands: servers and proxies repeat what they were
/// sent. The beginning of one at the end of a text that was cut counts too. An empty one is none.
void redact(std::string& text, std::string_view secret);

} // namespace sluice::s3
