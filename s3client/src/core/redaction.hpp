// s3client: secrets taken out of what others say.
#pragma once

#include <string>
#include <string_view>

namespace sluice::s3 {

/// `text` with each occurrence of `secret` as "[secret]". Words of fewer than 8 bytes are left:
/// they may be anything.
void take_out(std::string& text, std::string_view secret);

} // namespace sluice::s3
