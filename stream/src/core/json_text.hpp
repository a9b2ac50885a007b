// stream: JSON of events, written straight into the memory that will be sent.
#pragma once

#include <sluice/base/buffer.hpp>
#include <sluice/base/bytes.hpp>
#include <sluice/stream/event.hpp>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// A growing text in a buffer, whose content is never zeroed first.
class json_text {
  public:
    explicit json_text(buffer memory);

    void put(char c) {
        room(1);
        end()[0] = c;
        ++size_;
    }
    void put(std::string_view text) {
        room(text.size());
        if (!text.empty()) std::memcpy(end(), text.data(), text.size());
        size_ += text.size();
    }
    void put_number(std::int64_t number);
    void put_number(std::uint64_t number) = delete;
    /// A string literal with its quotes, the escapes minimal. `text` must be UTF-8.
    void put_string(std::string_view text);
    /// A string where the bytes are UTF-8, else {"base64":"…"}.
    void put_bytes(bytes_view bytes);
    void put_optional(const std::optional<bytes_view>& bytes);
    void put_base64(bytes_view bytes);
    /// Six digits and 'Z'; a plain number outside the years 0000–9999.
    void put_timestamp(std::int64_t micros);

    std::string_view view() const { return as_text(memory_.view().first(size_)); }
    /// The buffer, cut to the text.
    buffer finish();

  private:
    char* end() { return reinterpret_cast<char*>(memory_.span().data()) + size_; }
    void room(std::size_t more) {
        if (memory_.size() - size_ < more) grow(more);
    }
    void grow(std::size_t more);

    buffer memory_;
    std::size_t size_ = 0;
    std::int64_t second_ = 0; ///< whose text is remembered: events of one second lie together
    std::string second_text_; ///< up to the seconds; empty: none remembered
};

/// One line: members in envelope order, no spaces, '\n' behind.
void put_event(json_text& to, const record& what);

} // namespace sluice
