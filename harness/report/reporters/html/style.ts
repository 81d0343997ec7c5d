import { pageStyle } from './style/page.ts'
import { pictureStyle } from './style/picture.ts'
import { tokens } from './style/tokens.ts'
import { viewStyle } from './style/view.ts'

/** The page's style sheet. */
export const style = [tokens, pageStyle, viewStyle, pictureStyle].join('')
