// s3client: roots, truths and elements.
#include "xml_reading.hpp"

#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice::s3 {

failure malformed_document(std::string what) {
    failure why;
    why.code = s3_errc::malformed_answer;
    why.where = std::move(what);
    return why;
}

result<pugi::xml_node>
expect_root(std::string_view text, pugi::xml_document& document, std::string_view name) {
    auto parsed = parse_xml(text, document);
    if (!parsed) return parsed.error();
    const pugi::xml_node root = root_of(document);
    if (local_name(root) != name)
        return malformed_document(
            "the answer is <" + std::string(local_name(root).substr(0, 100)) + ">, not <" +
            std::string(name) + ">"
        );
    return root;
}

bool is_true(const pugi::xml_node& node, std::string_view name) {
    return text_of(node, name) == "true";
}

bool append_element(std::string& to, std::string_view name, std::string_view text) {
    to.append("<").append(name).append(">");
    const bool fits = append_xml_text(to, text);
    to.append("</").append(name).append(">");
    return fits;
}

} // namespace sluice::s3
