// s3client: names with values, of heads and queries, in one text.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::s3 {

/// One of them, where it lies.
struct field {
    std::string_view name;
    std::string_view value;
};

/// Fields in their order, several of one name allowed. All lie in one text: a list costs one piece
/// of the heap, and none when it is used again. What it hands out is valid until it changes.
class field_list {
  public:
    class iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = field;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = field;

        iterator() = default;
        explicit iterator(const char* at) : at_(at) {}
        field operator*() const;
        iterator& operator++();
        iterator operator++(int);
        friend bool operator==(const iterator&, const iterator&) = default;

      private:
        const char* at_ = nullptr;
    };
    using const_iterator = iterator;

    field_list() = default;
    field_list(std::initializer_list<field> all);

    /// What `each` names must not lie in this list.
    void push_back(const field& each);
    /// The same, with its name in lower case (of ASCII).
    void push_back_lower(const field& each);
    void append(const field_list& others);
    /// The room stays.
    void clear() { text_.clear(); }
    /// Makes room for so many bytes of names and values, and 8 for each field.
    void reserve(std::size_t bytes) { text_.reserve(bytes); }

    bool empty() const { return text_.empty(); }
    std::size_t size() const;
    iterator begin() const { return iterator(text_.data()); }
    iterator end() const { return iterator(text_.data() + text_.size()); }
    /// The first value of a name; nullopt: there is none.
    std::optional<std::string_view> find(std::string_view name) const;

    /// Removes the fields that `is_wrong` names; how many.
    template <class Predicate>
    std::size_t remove_if(Predicate is_wrong) {
        field_list kept;
        std::size_t removed = 0;
        for (const field each : *this) {
            if (is_wrong(each))
                ++removed;
            else
                kept.push_back(each);
        }
        if (removed > 0) *this = std::move(kept);
        return removed;
    }

  private:
    std::string text_; ///< for each: both sizes, name, value
};

} // namespace sluice::s3
