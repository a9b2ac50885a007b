// s3sim: writes XML documents.
#pragma once

#include "core/refusal.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::sim {

/// `& < > " '` as named entities; control bytes as &#…; the way S3 does it, although XML 1.0
/// forbids most of them: clients must ask for encoding-type=url.
std::string xml_escape(std::string_view raw);

class xml_text {
  public:
    /// Opens `root` in S3's namespace.
    explicit xml_text(std::string_view root);
    void open(std::string_view name);
    void close(std::string_view name);
    void leaf(std::string_view name, std::string_view value);
    void leaf(std::string_view name, std::uint64_t value) { leaf(name, std::to_string(value)); }
    /// Closes the root and gives the document.
    std::string finish();

  private:
    std::string root_;
    std::string text_;
};

/// The <Error> document of a refusal.
std::string
error_document(const refusal& why, std::string_view resource, std::string_view request_id);

} // namespace sluice::sim
